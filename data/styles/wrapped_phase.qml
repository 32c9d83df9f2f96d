<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<!-- SPDX-License-Identifier: MIT -->
<!-- Wrapped phase in radians; the ends of the cycle have one colour. -->
<qgis version="3.22.0" styleCategories="LayerConfiguration|Symbology">
  <pipe>
    <provider>
      <resampling enabled="false" zoomedInResamplingMethod="nearestNeighbour" zoomedOutResamplingMethod="nearestNeighbour" maxOversampling="2"/>
    </provider>
    <rasterrenderer type="singlebandpseudocolor" band="1" opacity="1" alphaBand="-1" nodataColor="" classificationMin="-3.14159265" classificationMax="3.14159265">
      <rasterTransparency/>
      <minMaxOrigin>
        <limits>None</limits>
        <extent>WholeRaster</extent>
        <statAccuracy>Estimated</statAccuracy>
      </minMaxOrigin>
      <rastershader>
        <colorrampshader colorRampType="INTERPOLATED" classificationMode="1" clip="0" minimumValue="-3.14159265" maximumValue="3.14159265" labelPrecision="4">
          <item value="-3.14159265" label="-3.142" color="#d87897" alpha="255"/>
          <item value="-2.87979327" label="-2.88" color="#e58089" alpha="255"/>
          <item value="-2.61799388" label="-2.618" color="#ef8b7b" alpha="255"/>
          <item value="-2.35619449" label="-2.356" color="#f4986d" alpha="255"/>
          <item value="-2.0943951" label="-2.094" color="#f4a562" alpha="255"/>
          <item value="-1.83259571" label="-1.833" color="#eeb25b" alpha="255"/>
          <item value="-1.57079633" label="-1.571" color="#e2bf5b" alpha="255"/>
          <item value="-1.30899694" label="-1.309" color="#d0c962" alpha="255"/>
          <item value="-1.04719755" label="-1.047" color="#b9cf6f" alpha="255"/>
          <item value="-0.785398163" label="-0.7854" color="#9dd37f" alpha="255"/>
          <item value="-0.523598776" label="-0.5236" color="#7ed391" alpha="255"/>
          <item value="-0.261799388" label="-0.2618" color="#5bcfa2" alpha="255"/>
          <item value="0" label="0" color="#34c8b2" alpha="255"/>
          <item value="0.261799388" label="0.2618" color="#00bebf" alpha="255"/>
          <item value="0.523598776" label="0.5236" color="#00b3c9" alpha="255"/>
          <item value="0.785398163" label="0.7854" color="#13a6d1" alpha="255"/>
          <item value="1.04719755" label="1.047" color="#3999d5" alpha="255"/>
          <item value="1.30899694" label="1.309" color="#548dd5" alpha="255"/>
          <item value="1.57079633" label="1.571" color="#6b82d3" alpha="255"/>
          <item value="1.83259571" label="1.833" color="#7f7ace" alpha="255"/>
          <item value="2.0943951" label="2.094" color="#9374c6" alpha="255"/>
          <item value="2.35619449" label="2.356" color="#a570bd" alpha="255"/>
          <item value="2.61799388" label="2.618" color="#b870b2" alpha="255"/>
          <item value="2.87979327" label="2.88" color="#c972a5" alpha="255"/>
          <item value="3.14159265" label="3.142" color="#d87897" alpha="255"/>
          <rampLegendSettings useContinuousLegend="1" orientation="2" direction="0" prefix="" suffix=" rad" minimumLabel="" maximumLabel=""/>
        </colorrampshader>
      </rastershader>
    </rasterrenderer>
    <brightnesscontrast brightness="0" contrast="0" gamma="1"/>
    <huesaturation saturation="0" grayscaleMode="0" colorizeOn="0"/>
    <rasterresampler maxOversampling="2"/>
  </pipe>
  <blendMode>0</blendMode>
</qgis>
