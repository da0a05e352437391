"""The looks: thin probes that gather what the checks judge. They read, concurrently, and decide nothing."""
