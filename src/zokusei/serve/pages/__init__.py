"""The pages that people open in a browser: templates, and small scripts that ask for parts of them."""

from zokusei.serve.pages.installing import install

__all__ = ["install"]
