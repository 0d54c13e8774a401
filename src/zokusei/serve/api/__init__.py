"""The JSON API under ``/api/v1``: one module a subject, and the models of what is said."""
