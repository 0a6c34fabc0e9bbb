"""One scan as one page: what is gathered, how it is drawn and written down, and the file that it becomes."""
