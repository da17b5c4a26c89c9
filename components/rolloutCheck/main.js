/** What the command of a RolloutCheck runs. */
require("../checks/load")(__dirname);
