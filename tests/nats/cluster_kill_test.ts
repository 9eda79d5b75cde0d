import { sceneTest } from "./cluster/cluster_tests.ts";
import { KILL } from "./cluster/scenes.ts";

sceneTest(KILL);
