# SPDX-License-Identifier: BSD-2-Clause
"""hallmark - talk to a confidential VM once it has proved what it runs, and not before; docs/PYTHON.md

hallmark.requests and hallmark.httpx are imported by those who have these packages. All checks are libhallmark's.
"""
from .connection import Connection, connect
from .errors import *  # noqa: F403
from .errors import HallmarkError, NoProof, RedirectRefused, Rejected
from .policy import Policy, verify
from .verdict import Check, Epoch, Register, Verdict

__all__ = ["Check", "Connection", "Epoch", "HallmarkError", "NoProof", "Policy", "RedirectRefused", "Register",
           "Rejected", "Verdict", "connect", "verify"]
