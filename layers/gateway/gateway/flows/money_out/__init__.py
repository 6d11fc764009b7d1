"""The steps of money that goes out: begin, decide, send, ask, take what is told, close."""
