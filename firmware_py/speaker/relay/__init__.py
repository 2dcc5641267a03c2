"""Live programmes of other stations (tiếp âm): listened to, chosen from, handed to the mixer."""
