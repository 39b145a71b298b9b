# SPDX-License-Identifier: BSD-2-Clause
"""platform_vectors - tests/vectors/make-platforms, a program, as a module: its makers of platforms' evidence"""
import importlib.machinery
import importlib.util
import pathlib
import sys

loader = importlib.machinery.SourceFileLoader("platform_vectors", str(pathlib.Path(__file__).parents[1] / "vectors/make-platforms"))
module = importlib.util.module_from_spec(importlib.util.spec_from_loader("platform_vectors", loader))
loader.exec_module(module)
# Whoever imports this module gets that one.
sys.modules[__name__] = module
