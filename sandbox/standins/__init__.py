"""Small replacements for parts that cannot be had as packages; each says so when it runs."""
