"""How the institute names and organizes its data. Pure functions: no request, file or clock."""
