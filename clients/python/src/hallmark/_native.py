# SPDX-License-Identifier: BSD-2-Clause
"""The two libraries, loaded by the names of their ABI. OSError at import: one of them is not installed."""
from __future__ import annotations

from typing import Any

import cffi

from ._cdef import CDEF

ffi: Any = cffi.FFI()
ffi.cdef(CDEF)
# libhallmark first: libhallmark-client needs it, and one of another place must not come in between.
core: Any = ffi.dlopen("libhallmark.so.0")
client: Any = ffi.dlopen("libhallmark-client.so.0")


def text(chars: Any) -> str:
    """A NUL-terminated text; the libraries' are printable ASCII."""
    return "" if chars == ffi.NULL else bytes(ffi.string(chars)).decode("ascii", "backslashreplace")
