"""Ask the model, in the browser: the equations as JavaScript, the numbers as data, and the page that asks them."""
