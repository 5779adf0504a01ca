/* Two units with a static function of one name each, and a third of another name that calls both.
 */
#include <stdlib.h>

extern void *make_left(void), *make_right(void);
void *volatile keep;

int main(void) {
  keep = make_left();
  for (int i = 0; i < 5; i++) keep = make_right();
  return 0;
}
