"""What the Workbench and the command line ask of a running core, under `/__motia`."""
