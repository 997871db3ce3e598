def check(batch, micro, steps, ranks):
    assert batch == micro * steps * ranks, (
        "Check batch related parameters. train_batch_size is not equal to micro_batch_per_gpu * "
        f"gradient_acc_step * world_size {batch} != {micro} * {steps} * {ranks}"
    )


check(64, 4, 2, 1)
