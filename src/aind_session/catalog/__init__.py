"""What exists about a subject: asked once, shared by its sessions, and selected."""
