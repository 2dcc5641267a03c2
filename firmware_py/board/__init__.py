"""The public bulletin board (bảng tin điện tử công cộng): its layout, text, pictures, screen and output process."""
