"""From a directory of files to a table of Steps: discovery, dialects, config, generated files. Never runs project code."""
