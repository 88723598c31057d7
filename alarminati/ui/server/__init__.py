"""Web server on the loopback interface, for the page of the person at this computer only."""
