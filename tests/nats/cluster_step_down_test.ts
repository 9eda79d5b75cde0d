import { sceneTest } from "./cluster/cluster_tests.ts";
import { STEP_DOWN } from "./cluster/scenes.ts";

sceneTest(STEP_DOWN);
