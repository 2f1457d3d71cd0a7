"""What is started and created on Code Ocean."""
