import java.util.*;
public class T {
  public static void main(String[] a) {
    List<long[]> l = new ArrayList<>();
    while (true) l.add(new long[100000]); 
  }
}
