print("开始训练")
for step, loss in ((1, "0.91"), (2, "0.72"), (3, "0.55")):
    print(f"第 {step} 轮 损失 {loss}")
print("警告:第 2 轮出现一次 loss=nan,已跳过该批次")
print("训练完成,模型已保存到 model.bin")
