"""What a shop's own page loads: `<mpesa-checkout>`, the small client, and the screens that the component shows."""
