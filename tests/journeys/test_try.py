from tests.given import *
from mz import stage
from mz.story import play
stage.PATIENCE=6
async def test_it(world):
    async def tell(s): print(s.at, s.actor, s.text, s.article, len(s.records))
    scene=a_scene(world,tell)
    await play(scene,CAMERA,world.installation.d.bank())
    await world.settle()
    from mz import fsck
    import time; t=time.time()
    r=await fsck.check(world.installation)
    print(r, time.time()-t)
