"""Components of the program, one noun per file; each takes plain arguments and Outputs, and reads nothing else."""
