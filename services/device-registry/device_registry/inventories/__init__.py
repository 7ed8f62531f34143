"""Files that agencies send and get: opened in a child process, written as text, carried out batch by batch."""
