"""Notes in each process when the parts of a delivery are done; the mail sink notes when an e-mail is accepted."""
