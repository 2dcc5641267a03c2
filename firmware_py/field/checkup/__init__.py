"""What `ttcs doctor` looks at: one module for each part of a box, each yields findings with cause and remedy."""
