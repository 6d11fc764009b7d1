"""Pages for the shop's staff: who may see them (`guard`), how they look (`layout`), and what each shows and does."""
