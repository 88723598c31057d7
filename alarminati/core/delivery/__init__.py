"""What is sent when: planning, queues, attempts, dead letters."""
