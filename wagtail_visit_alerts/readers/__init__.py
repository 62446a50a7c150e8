"""Public pages that readers reach from an e-mail, without logging in."""
