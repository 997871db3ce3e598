echo "step 10 loss 0.2"
echo "The node was low on resource: ephemeral-storage. Container trainer was using 21Gi, request is 0."
exit 143
