"""How 安行 is trained, started, watched and scored; nothing here knows what a message means."""
