"""Makes files for authors: whole projects from templates, and single Steps."""
