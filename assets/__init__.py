"""CSS and JavaScript of the browser; a package only so that an installation finds the folder."""
