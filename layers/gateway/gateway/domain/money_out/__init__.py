"""Money that goes out, payouts and refunds alike: what is asked, its facts, and what follows from them."""
