"""The world in one process: flows stepped, crashed and replayed, and a judge that shares no code with them."""
