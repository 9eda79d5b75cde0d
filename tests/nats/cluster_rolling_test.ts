import { sceneTest } from "./cluster/cluster_tests.ts";
import { ROLLING } from "./cluster/scenes.ts";

sceneTest(ROLLING);
