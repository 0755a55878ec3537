"""What training and proving cost, against the floor and against peers: `make bench` writes docs/benchmarks.md."""
