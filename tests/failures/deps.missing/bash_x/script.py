import ray #F
