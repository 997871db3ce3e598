#include <assert.h>
int main(int n,char**v){n=0;assert(n > 0);return 0;}