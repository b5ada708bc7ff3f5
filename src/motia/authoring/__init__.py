"""What a Python Step imports from `motia`. Standard library only: it runs in the project's own interpreter."""
