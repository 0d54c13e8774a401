"""Serve: pages for people and an API for programs, over one library and one bundle."""
