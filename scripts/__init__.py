"""Commands for those who run the gateway or work on it."""

import router  # noqa: F401 - before anything of Autobahn, which it keeps from printing a traceback
