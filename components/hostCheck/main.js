/** What the command of a HostCheck runs. */
require("../checks/load")(__dirname);
