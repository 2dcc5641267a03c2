"""What the measurements of boards have in common: the rig, the peers, and eyes that see what a screen shows."""
