// Browsers load no modules from a disk: what stands in one file works there.
if (location.protocol === "file:") location.replace("standalone.html");
