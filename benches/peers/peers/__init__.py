"""Other libraries on the inputs of plusminus-bench."""
