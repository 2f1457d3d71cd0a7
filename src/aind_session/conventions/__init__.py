"""How the institute names and lays out its data. Pure: no request, no file, no clock."""
