"""Which version of Tapecast this is."""

VERSION = "0.1.0"
"""As in CHANGELOG.md; the package's metadata has it from here."""
