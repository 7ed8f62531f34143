"""What routes and jobs share when a device is watched: corrections of the past, and what evidence hears."""
